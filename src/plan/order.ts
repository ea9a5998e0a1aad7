/** Something to do, and what can be done with it in one go. */
export interface Task {
  /** Tasks of one lane share a batch. */
  readonly lane: string
  /** Indexes of the tasks that must be done before. */
  readonly after: ReadonlySet<number>
}

interface Progress {
  readonly waiting: number[]
  readonly followers: readonly (readonly number[])[]
  /** What can be done now, by lane; a lane is there only while it has something. */
  readonly ready: Map<string, number[]>
}

const begin = (tasks: readonly Task[]): Progress => {
  const followers = tasks.map((): number[] => [])
  tasks.forEach(({ after }, index) => {
    for (const earlier of after) followers[earlier]?.push(index)
  })
  const progress = { waiting: tasks.map(({ after }) => after.size), followers, ready: new Map() }
  tasks.forEach(({ after }, index) => {
    if (after.size === 0) offer(progress, tasks, index)
  })
  return progress
}

const offer = ({ ready }: Progress, tasks: readonly Task[], index: number): void => {
  const lane = tasks[index]?.lane ?? ''
  const queue = ready.get(lane)
  if (queue) queue.push(index)
  else ready.set(lane, [index])
}

/** A task is done: those that waited for it alone become ready. */
const release = (progress: Progress, tasks: readonly Task[], done: number): void => {
  for (const follower of progress.followers[done] ?? []) {
    const left = (progress.waiting[follower] ?? 0) - 1
    progress.waiting[follower] = left
    if (left === 0) offer(progress, tasks, follower)
  }
}

/**
 * Sorts tasks topologically, with as few changes of lane as a greedy choice gives: a lane is
 * followed as long as it has anything ready. The result depends on nothing but the order of the
 * tasks. (Kahn 1962.)
 *
 * @returns the indexes in the order to do them
 */
export const orderTasks = (tasks: readonly Task[]): readonly number[] => {
  const progress = begin(tasks)
  const order: number[] = []
  let current = ''
  for (;;) {
    // What has no lane runs nothing, and may make more ready in the lane that we are in.
    const lane = ['', current].find((one) => progress.ready.has(one)) ?? firstOf(progress.ready)
    const queue = lane === undefined ? undefined : progress.ready.get(lane)
    if (lane === undefined || !queue) break
    if (lane !== '') current = lane
    // The queue grows while it is walked: what becomes ready in this lane goes in this batch.
    for (const index of queue) {
      order.push(index)
      release(progress, tasks, index)
    }
    progress.ready.delete(lane)
  }
  if (order.length !== tasks.length) {
    throw new Error(`bug: a circle among ${describeCircle(tasks, order)}`)
  }
  return order
}

const firstOf = (ready: ReadonlyMap<string, unknown>): string | undefined =>
  ready.keys().next().value

const describeCircle = (tasks: readonly Task[], order: readonly number[]): string => {
  const done = new Set(order)
  const stuck = tasks.map((_, index) => index).filter((index) => !done.has(index))
  return stuck.slice(0, 10).join(', ')
}
