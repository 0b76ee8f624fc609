/** 25 base-36 characters: the hash of the host's Ed25519 public key. The key is the identity; a name is a label. */
export type HostId = string;

/** 25 base-36 characters: the hash of the mesh's root public key. */
export type MeshId = string;

/** An address libp2p and heartbeats share: TCP and UDP on the same port. */
export interface Address {
  address: string;
  port: number;
}
