/** Every invariant of a mesh at rest. To add one: its file and a line here. */
import type { Mesh } from '../mesh.ts';
import type { Check } from './check.ts';
import { kept } from './kept.ts';
import { oneEndpoint } from './one-endpoint.ts';
import { onePerSlot } from './one-per-slot.ts';
import { sameDigest } from './same-digest.ts';
import { sameView } from './same-view.ts';
import { sameZone } from './same-zone.ts';
import { untouched } from './untouched.ts';

export const CHECKS: Check[] = [sameView, sameDigest, sameZone, onePerSlot, oneEndpoint, kept, untouched];

export const faults = (mesh: Mesh): string[] =>
  CHECKS.flatMap((check) => check.faults(mesh).map((fault) => `${check.name}: ${fault}`));
