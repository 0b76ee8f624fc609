/** Every invariant. To add one: its file, named for when it holds, and a line here. */
import type { Mesh } from '../mesh.ts';
import { acknowledgedIsOnDisk } from './anytime-acknowledged-is-on-disk.ts';
import { addressIsItsOwn } from './anytime-address-is-its-own.ts';
import { agentDeathSparesContainers } from './anytime-agent-death-spares-containers.ts';
import { claimsHaveContainers } from './anytime-claims-have-containers.ts';
import { clockBounded } from './anytime-clock-bounded.ts';
import { confirmedIsStored } from './anytime-confirmed-is-stored.ts';
import { containersHaveClaims } from './anytime-containers-have-claims.ts';
import { deadEndpointLeaves } from './anytime-dead-endpoint-leaves.ts';
import { deathIsNoticed } from './anytime-death-is-noticed.ts';
import { digestTrue } from './anytime-digest-true.ts';
import { failedHostUnnamed } from './anytime-failed-host-unnamed.ts';
import { foreignUntouched } from './anytime-foreign-untouched.ts';
import { incarnationRises } from './anytime-incarnation-rises.ts';
import { indexesTrue } from './anytime-indexes-true.ts';
import { losingRowsVoid } from './anytime-losing-rows-void.ts';
import { movesHaveCauses } from './anytime-moves-have-causes.ts';
import { nameOfOldest } from './anytime-name-of-oldest.ts';
import { noBidAgainstHolder } from './anytime-no-bid-against-holder.ts';
import { noFailedStep } from './anytime-no-failed-step.ts';
import { noFalseDeath } from './anytime-no-false-death.ts';
import { oldBootUnnamed } from './anytime-old-boot-unnamed.ts';
import { oneHolderPerSide } from './anytime-one-holder-per-side.ts';
import { persistedBeforeSent } from './anytime-persisted-before-sent.ts';
import { placementAdmitted } from './anytime-placement-admitted.ts';
import { queuesBounded } from './anytime-queues-bounded.ts';
import { refusedDoesNothing } from './anytime-refused-does-nothing.ts';
import { removedStaysRemoved } from './anytime-removed-stays-removed.ts';
import { reservationsFit } from './anytime-reservations-fit.ts';
import { restoredWaits } from './anytime-restored-waits.ts';
import { rolloutKeepsReplicas } from './anytime-rollout-keeps-replicas.ts';
import { scaleChangesModeOnly } from './anytime-scale-changes-mode-only.ts';
import { selfIsMember } from './anytime-self-is-member.ts';
import { sequenceNeverReused } from './anytime-sequence-never-reused.ts';
import { storeMatchesMemory } from './anytime-store-matches-memory.ts';
import { verdictHasAccuser } from './anytime-verdict-has-accuser.ts';
import { versionRises } from './anytime-version-rises.ts';
import { yieldKeepsOriginal } from './anytime-yield-keeps-original.ts';
import { type Check, createMemory, type Memory, type When } from './check.ts';
import { kept } from './eventually-kept.ts';
import { lostSlotsReplaced } from './eventually-lost-slots-replaced.ts';
import { noLeftovers } from './eventually-no-leftovers.ts';
import { nothingPending } from './eventually-nothing-pending.ts';
import { oneEndpoint } from './eventually-one-endpoint.ts';
import { onePerSlot } from './eventually-one-per-slot.ts';
import { openSlotsExplained } from './eventually-open-slots-explained.ts';
import { sameAnswers } from './eventually-same-answers.ts';
import { sameDigest } from './eventually-same-digest.ts';
import { sameView } from './eventually-same-view.ts';
import { sameZone } from './eventually-same-zone.ts';
import { takesPart } from './eventually-takes-part.ts';
import { dnsAnswers } from './finally-dns-answers.ts';
import { mergeLaws } from './finally-merge-laws.ts';
import { reasonsGiven } from './finally-reasons-given.ts';
import { removedIsGone } from './finally-removed-is-gone.ts';
import { restartEqual } from './finally-restart-equal.ts';
import { stateIsLean } from './finally-state-is-lean.ts';
import { type Watcher, watchWith } from './watch.ts';

export const CHECKS: Check[] = [
  acknowledgedIsOnDisk,
  addressIsItsOwn,
  agentDeathSparesContainers,
  claimsHaveContainers,
  clockBounded,
  confirmedIsStored,
  containersHaveClaims,
  deadEndpointLeaves,
  deathIsNoticed,
  digestTrue,
  failedHostUnnamed,
  foreignUntouched,
  incarnationRises,
  indexesTrue,
  losingRowsVoid,
  movesHaveCauses,
  nameOfOldest,
  noBidAgainstHolder,
  noFailedStep,
  noFalseDeath,
  oldBootUnnamed,
  oneHolderPerSide,
  persistedBeforeSent,
  placementAdmitted,
  queuesBounded,
  refusedDoesNothing,
  removedStaysRemoved,
  reservationsFit,
  restoredWaits,
  rolloutKeepsReplicas,
  scaleChangesModeOnly,
  selfIsMember,
  sequenceNeverReused,
  storeMatchesMemory,
  verdictHasAccuser,
  versionRises,
  yieldKeepsOriginal,
  kept,
  lostSlotsReplaced,
  noLeftovers,
  nothingPending,
  oneEndpoint,
  onePerSlot,
  openSlotsExplained,
  sameAnswers,
  sameDigest,
  sameView,
  sameZone,
  takesPart,
  dnsAnswers,
  mergeLaws,
  reasonsGiven,
  removedIsGone,
  restartEqual,
  stateIsLean,
];

/** Holds the anytime invariants against a mesh from now on, until its end; the run reads `violations`. */
export const watch = (mesh: Mesh): Watcher => watchWith(mesh, CHECKS);

const look = (mesh: Mesh, memory: Memory, when: When): string[] =>
  CHECKS.filter((check) => check.when === when).flatMap((check) =>
    check.look(mesh, memory).map((fault) => `${check.name}: ${fault}`),
  );

/** What does not hold yet of a mesh that comes to rest. */
export const faults = (mesh: Mesh, memory: Memory = createMemory()): string[] =>
  look(mesh, memory, 'eventually');

/** What does not hold at the end, looked at once. */
export const lastFaults = (mesh: Mesh, memory: Memory = createMemory()): string[] =>
  look(mesh, memory, 'finally');
