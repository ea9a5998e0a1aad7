/** As much of a change as it takes. */
interface Part {
  readonly address: string
  readonly title: string
  readonly group: string | null
  readonly actions: readonly ('create' | 'update' | 'delete')[]
}

/** What a person sees as one object: a change, or all those that are part of one thing that was written. */
export interface Block<T extends Part> {
  readonly title: string
  readonly actions: Part['actions']
  readonly changes: readonly T[]
}

/** What all of them do, or a change where they do different things. */
const commonActions = (changes: readonly Part[]): Part['actions'] => {
  const [first, ...rest] = changes
  const actions = first?.actions ?? []
  return rest.every((one) => one.actions.join() === actions.join()) ? actions : ['update']
}

/** Changes of one group are one block, at the place of the first. */
export const foldGroups = <T extends Part>(changes: readonly T[]): readonly Block<T>[] => {
  const blocks = new Map<string, T[]>()
  for (const change of changes) {
    const key = change.group ?? `=${change.address}`
    const block = blocks.get(key)
    if (block) block.push(change)
    else blocks.set(key, [change])
  }
  return [...blocks.values()].map((members) => ({
    title: members[0]?.group ?? members[0]?.title ?? '',
    actions: commonActions(members),
    changes: members,
  }))
}
