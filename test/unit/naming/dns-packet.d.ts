/** The part of dns-packet that tests use, as a decoder written by others. */
declare module 'dns-packet' {
  export interface Decoded {
    id: number;
    type: 'query' | 'response';
    flags: number;
    rcode: string;
    opcode: string;
    flag_aa: boolean;
    flag_tc: boolean;
    flag_rd: boolean;
    flag_ra: boolean;
    flag_ad: boolean;
    flag_cd: boolean;
    questions: { name: string; type: string; class: string }[];
    answers: DecodedRecord[];
    authorities: DecodedRecord[];
    additionals: DecodedRecord[];
  }
  export interface DecodedRecord {
    name: string;
    type: string;
    ttl: number;
    data: unknown;
    udpPayloadSize?: number;
    extendedRcode?: number;
    ednsVersion?: number;
    flag_do?: boolean;
    options?: unknown[];
  }
  export function decode(packet: Uint8Array): Decoded;
  export function encode(packet: object): Buffer;
}
