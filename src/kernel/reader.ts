import type { Firewall } from '../iptables/restore.ts'
import type { Family } from '../net/addresses.ts'
import type { FdbEntry, IpDump, IpRule, NamespaceId } from './ip.ts'

/** Whether there can be IPv6 policy rules of an owner, by namespace; of those that are not named nobody knows. */
export type Ipv6Rules = Readonly<Record<string, boolean>>

/** What is below /run/netns under one name. */
export interface NamespaceFile {
  /** The file by which the namespace is entered. */
  readonly path: string
  /** Inode of the network namespace: two names of one namespace share it. */
  readonly inode: number
  /**
   * When the kernel made it, in nanoseconds: inodes of namespaces are used again. Steady as long as
   * the file is mounted, as ip-netns(8) does; of /proc/PID/ns/net it is not.
   */
  readonly born?: string
  /** No namespace, though `ip netns` lists it. */
  readonly stale: boolean
  /** An empty file: what a crash leaves behind where a namespace was mounted. */
  readonly empty?: boolean
}

/** A value that JSON can carry; what a record holds is the kind's own affair. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * What was last applied, in digests: by which one can tell whether the file moved since, or the node. A hint, which
 * may be missing for any object.
 */
export interface Applied {
  /** Which attributes were asked for: lists, which many objects share. */
  readonly names: readonly string[]
  /** By identity: digests of what was asked for and of what was there, and the index of the list. */
  readonly objects: Readonly<Record<string, string>>
}

/** One UDP flow that conntrack knows: where it was sent to, and who answers, or would. */
export interface Flow {
  readonly destination: string
  readonly port: number
  readonly replier: string
  readonly replierPort: number
  readonly answered: boolean
}

/** A socket of a program that others may send to. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  /** `0.0.0.0`, `::` or, where it is both, `*`; or the one address that it is bound to. */
  readonly address: string
  readonly port: number
}

/**
 * Reads a node and cannot write it: this type is why `plan` changes nothing. Namespaces are named
 * as in the configuration, '' being the node. Every answer is read once and kept.
 */
export interface Reader {
  /** The namespaces that exist and are to be read, the node first. */
  readonly namespaces: readonly string[]
  /** The file behind a namespace's name, if there is one. */
  namespace(name: string): NamespaceFile | undefined
  ip(namespace: string): Promise<IpDump>
  /**
   * Whether there can be IPv6 policy rules of this owner in a namespace: where there cannot, they are asked for only where
   * some are wanted. Undefined: nobody knows of any.
   */
  readonly ipv6Rules: Ipv6Rules | undefined
  /** The policy rules of IPv6, which say nothing of their family. */
  rules6(namespace: string): Promise<readonly IpRule[]>
  /** The kernel's numbers, in a namespace, for others. Known of the node; of others it takes a program that looks at all. */
  namespaceIds(namespace: string): Promise<readonly NamespaceId[]>
  fdb(namespace: string): Promise<readonly FdbEntry[]>
  /**
   * @param paths below /proc/sys, as `net/ipv4/ip_forward`
   * @returns those that exist, white space folded
   */
  sysctls(namespace: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>>
  /**
   * The iptables rules of the node's own namespace, in the backend that is in use there.
   *
   * @param needed whether not being able to read them is an error; else they are undefined then
   */
  firewall(needed: boolean): Promise<Firewall | undefined>
  /** The rules as they were when this program first looked, before it changed anything. */
  readonly earlier: Firewall | undefined
  /** The UDP flows of the node's own namespace; undefined where `conntrack` is not installed. */
  flows(family: Family): Promise<readonly Flow[] | undefined>
  /** What listens over TCP and UDP in the node's own namespace; undefined where `ss` does not say. */
  listeners(): Promise<readonly Listener[] | undefined>
  /** What this owner noted of objects that carry no mark of their own, by identity. */
  readonly records: ReadonlyMap<string, Json>
  /** What other owners noted, by identity: they need it too. */
  readonly shared: ReadonlySet<string>
}
