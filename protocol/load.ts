/** What a host publishes of its load: travels in heartbeats, never stored (rule R11). */
export interface Load {
  /** busy CPU over the last seconds, in thousandths of all cores */
  cpuMille: number;
  /** memory in use, in thousandths of the host's memory */
  memoryMille: number;
  /** running containers of this mesh */
  containers: number;
}
