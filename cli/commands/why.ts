/** `shoal why SERVICE[.SLOT]`: the auction of each task, in the numbers that decided it. */
import type { WhyInfo } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { named } from '../names.ts';
import { type Cell, mille, oneLine, span, table } from '../output.ts';
import type { CommandModule } from './command.ts';

const headline = ({ task, holder, state, message }: WhyInfo, context: Context): string => {
  const place = holder === null ? 'on no host' : `on ${holder}`;
  const reason = message === null ? '' : `: ${oneLine(message)}`;
  return context.style.bold(`${task} is ${state} ${place}${reason}`);
};

const indent = (text: string): string => text.replace(/^/gm, '  ');

const section = (context: Context, head: readonly string[], rows: readonly (readonly Cell[])[]): string[] =>
  rows.length === 0 ? [] : [indent(table(head, rows, context.style))];

const bidRows = (info: WhyInfo, context: Context): Cell[][] =>
  info.bids.map(({ host, score, term, won }) => [
    host,
    String(score),
    String(term),
    won ? { text: 'won', paint: context.style.good } : 'lost',
  ]);

const loadRows = (info: WhyInfo): string[][] =>
  info.loads.map(({ host, load, ageMs, tasks }) => [
    host,
    load ? mille(load.cpuMille) : '',
    load ? mille(load.memoryMille) : '',
    String(tasks),
    ageMs === null ? '' : `${span(ageMs)} old`,
  ]);

const explain = (info: WhyInfo, context: Context): string =>
  [
    headline(info, context),
    ...section(context, ['bid of', 'score', 'term', 'result'], bidRows(info, context)),
    ...section(
      context,
      ['refused by', 'filter', 'reason'],
      info.refused.map(({ host, filter, reason }) => [host, filter, reason]),
    ),
    ...section(context, ['load of', 'cpu', 'memory', 'tasks', 'published'], loadRows(info)),
  ].join('\n');

export const define: CommandModule['define'] = (command, act) => {
  command.argument('<target>', 'SERVICE or SERVICE.SLOT').action((target: string) =>
    act(async (context) => {
      const answer = context.call('GET /why/:target', { params: { target } });
      const envelope = await named(context, ['service', 'task'], target, answer);
      show(context, envelope, (infos) =>
        infos.length === 0
          ? `${target} has no tasks`
          : infos.map((info) => explain(info, context)).join('\n\n'),
      );
    }),
  );
};
