/** A slot is one place to fill: `service.index` (replicated, from 1) or `service.hostId` (global). Derived, never stored. */
export type Slot = string;

export const slotOf = (service: string, index: number | string): Slot => `${service}.${index}`;
export const slotService = (slot: Slot): string => slot.slice(0, slot.indexOf('.'));
export const slotIndex = (slot: Slot): string => slot.slice(slot.indexOf('.') + 1);
