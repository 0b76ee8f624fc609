/** Leaves the peers out of a feed when they are the same as before: most feeds only bring a new digest. */
import type { HeartbeatFeed, HeartbeatPeer } from '../../protocol/membership/heartbeat-types.ts';
import type { WorkerFeed } from './messages.ts';

export interface FeedDiff {
  next(feed: HeartbeatFeed): WorkerFeed;
  /** the last feed in full, for a new worker */
  whole(): WorkerFeed | undefined;
}

export function createFeedDiff(): FeedDiff {
  let last: HeartbeatFeed | undefined;
  return {
    next(feed) {
      const { peers, ...rest } = feed;
      if (last !== undefined && samePeers(last.peers, peers)) {
        last = { ...rest, peers: last.peers };
        return rest;
      }
      // Copied, since the caller may go on to change its own.
      last = { ...rest, peers: peers.map((peer) => ({ ...peer })) };
      return last;
    },
    whole: () => last,
  };
}

const samePeers = (before: HeartbeatPeer[], after: HeartbeatPeer[]): boolean =>
  before.length === after.length && after.every((peer, i) => samePeer(before[i]!, peer));

const samePeer = (a: HeartbeatPeer, b: HeartbeatPeer): boolean =>
  a.host === b.host &&
  a.address === b.address &&
  a.port === b.port &&
  a.beat === b.beat &&
  a.watch === b.watch &&
  a.feel === b.feel &&
  (a.dh === b.dh || Buffer.compare(a.dh, b.dh) === 0);
