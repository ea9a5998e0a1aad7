import type { Location } from '../config/diagnostics.ts'
import type { Applied, Json, Reader } from '../kernel/reader.ts'

export type { Applied, Json }

/** A network namespace as the configuration names it; '' is the node itself. */
export type NamespaceName = string

/** What is compared and shown, by name. Desired: only what was declared; `null` declares "none". */
export type Attributes = Readonly<Record<string, Json | undefined>>

/** What every kind's data has; the kind adds what its identity is made of. */
export interface Resource {
  readonly kind: string
  readonly namespace: NamespaceName
  readonly attributes: Attributes
  /** Desired: the line that asks for it. Never compared. */
  readonly source?: Location | undefined
  /** Desired: take over what exists and is not ours. */
  readonly adopt?: boolean | undefined
  /** The mark it carries, or is to carry: a link's group, a route's protocol. See ownership.ts. */
  readonly mark?: number | undefined
}

/** Whose plan it is. */
export interface Owner {
  readonly name: string
  /** 20 to 254: protocol of routes, rules and neighbours; the links' group is made from it. */
  readonly id: number
  /** What was noted of objects that carry no mark, by identity. */
  readonly records: ReadonlyMap<string, Json>
  /** When it was noted, in milliseconds since 1970. */
  readonly notedAt?: number | undefined
  /** What was last applied, as far as that is known. */
  readonly applied?: Applied | undefined
}

/** `kernel`: comes and goes with something else, and is nobody's to plan. */
export type Ownership = 'ours' | 'foreign' | 'kernel'

/** One attribute that differs. */
export interface Difference {
  readonly attribute: string
  readonly before: Json | undefined
  readonly after: Json | undefined
  /** The kernel cannot change it in place. */
  readonly replaces: boolean
}

/** What happens to one object. A replacement is a delete and a create. */
export type Edit<R> =
  | {
      readonly action: 'create'
      readonly after: R
      /** It may survive after all: the steps must not mind finding it. */
      readonly tolerant: boolean
    }
  | {
      readonly action: 'update'
      readonly before: R
      readonly after: R
      readonly differences: readonly Difference[]
      /** It does not carry the mark that it is to carry. */
      readonly adopts: boolean
    }
  | { readonly action: 'delete'; readonly before: R }

/** One write, as data: what the plan file stores, the script prints and apply runs. */
export interface Step {
  readonly argv: readonly string[]
  readonly stdin?: string
  /** The namespace to run it in; absent, the node's own. */
  readonly namespace?: NamespaceName
  /** Milliseconds for which a refusal may pass by itself, as until an IPv6 address is not tentative. */
  readonly patience?: number
  /** A deletion: that there is nothing to delete is no failure. */
  readonly mayBeGone?: boolean
}

export interface Named {
  readonly identity: string
  readonly resource: Resource
}

/** All objects of one side, desired or observed. */
export interface World {
  readonly all: readonly Named[]
  identity(resource: Resource): string
  find(identity: string): Resource | undefined
  of(kind: string, namespace: NamespaceName): readonly Resource[]
}

/** What becomes of an object; undefined: nothing, or it changes in place. */
export type Fate = 'created' | 'deleted' | 'replaced' | 'down' | undefined

export interface Worlds {
  readonly desired: World
  readonly observed: World
}

/** What a plan does to the objects that another one may hang on. */
export interface Aftermath extends Worlds {
  fate(identity: string): Fate
  /** Deleted or replaced. */
  gone(identity: string): boolean
  /** What a change in place does to an attribute; undefined: nothing. */
  changed(identity: string, attribute: string): Difference | undefined
  /** Whether there is one when all is done. */
  remains(identity: string): boolean
}

/** What only the node could have known, and does not. */
interface Unresolvable {
  readonly message: string
  /** The line that asks for it; default that of the object. */
  readonly source?: Location | undefined
}

/** What one kind of kernel object tells the planner. R is the kind's own plain, readonly data. */
export interface Kind<R extends Resource = Resource> {
  readonly name: string
  /**
   * Its changes come after all others', and may have to be made once more: what they mend goes on coming
   * about until the others are done.
   */
  readonly afterwards?: boolean
  /** Many are made in descending order of their identities: what lists them is faster then. */
  readonly backwards?: boolean
  /** The object itself carries the owner's mark, so that a lost mark can be set again. */
  readonly marked?: boolean
  /** Stable and printable, as "route 10.9.0.0/16 metric 100 in pod1". */
  identity(resource: R): string
  /** What a person calls it, where that is not the identity: "bridge br0". */
  title?(resource: R): string
  /** What a person wrote that it is a part of: "service web tcp/80". */
  group?(resource: R): string | undefined
  /** Reads all of them, in bulk; `desired` says what else to look at. */
  observe(reader: Reader, desired: readonly R[]): Promise<readonly R[]>
  owner(observed: R, owner: Owner): Ownership
  /** It may be configured although it is not ours: a device, a kernel parameter. */
  configures?(desired: R, observed: R): boolean
  /** Why a desired object that is not there cannot be made. */
  missing?(desired: R, worlds: Worlds): string | undefined
  /**
   * What an object that left the file goes back to, where it is not ours to delete; undefined: it
   * is deleted.
   */
  abandon?(observed: R): R | undefined
  /**
   * An observed object as one could have declared it, so that it can be made again; undefined: the kernel
   * makes it by itself. Default: as observed, unless it is the kernel's.
   *
   * @param world what it was observed with
   */
  revive?(observed: R, world: World): R | undefined
  /**
   * What it is put back with, where one of several cannot be by itself: all jumps of a chain are remembered
   * as one object. Undefined: there is none.
   *
   * @param world what it was observed with
   */
  whole?(resource: R, world: World): { readonly identity: string; readonly all: R | undefined }
  /** What there is beside an object while it is being adopted, until the one of others is gone. */
  interim?(after: R): R
  /** An object of the past, as it fits what others have by now. */
  refit?(former: R, observed: World): R
  /** Fills in what only the node knows: `mtu: auto`. */
  resolve?(desired: R, observed: R | undefined, worlds: Worlds): R
  /** Why the node does not know it; undefined: it does. */
  unresolvable?(desired: R, worlds: Worlds): Unresolvable | undefined
  /** Whether two values of an attribute are the same; default: equal as JSON. */
  same?(attribute: string, desired: Json, observed: Json | undefined): boolean
  /**
   * What else, beside its attributes and its mark, tells whether an object is as it was: the index of a link,
   * which another one of that name has not.
   */
  state?(observed: R): Json | undefined
  /**
   * Attributes that come about by themselves, as the MAC address of a bridge by its ports: another value of one is
   * nothing to what merely hangs on the object. Default: none.
   */
  incidental?(observed: R): readonly string[]
  /** Whether the kernel refuses to change it in place; default: never. */
  replaces?(difference: Omit<Difference, 'replaces'>, desired: R): boolean
  /** Identities that must exist before. */
  requires(resource: R, world: World): readonly string[]
  /** The identity of the object whose mark says whose this one is. */
  carrier?(resource: R): string
  /** What only one object can have at a time: what is made waits for the removal of who had it. */
  claims?(resource: R): readonly string[]
  /** What is left of an object when those it hangs on have met their fate; undefined: it is gone. */
  survives?(observed: R, aftermath: Aftermath): R | undefined
  /**
   * Whether an object that is lost without being ours can be made again; default: unless what took
   * it along is gone for good, or down.
   */
  restorable?(observed: R, aftermath: Aftermath): boolean
  /** What an update does to those that hang on the object. */
  fate?(edit: Extract<Edit<R>, { action: 'update' }>): Fate
  steps(edit: Edit<R>): readonly Step[]
  /**
   * What to note of an object that carries no mark; undefined: nothing.
   *
   * @param ownership of `before`
   */
  record?(
    after: R,
    before: R | undefined,
    ownership: Ownership | undefined,
    observed: World,
  ): Json | undefined
}

/** How an identity says where: "" or " in pod1". */
export const inside = (namespace: NamespaceName): string =>
  namespace === '' ? '' : ` in ${namespace}`

/** A step in a namespace; the node's own needs no mention. */
export const step = (namespace: NamespaceName, argv: readonly string[]): Step =>
  namespace === '' ? { argv } : { argv, namespace }

/** An attribute as a word of a command. */
export const word = (value: Json | undefined): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)
