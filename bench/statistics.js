export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** A candidate that is measured in the first so many rounds only. */
export const upTo = (rounds, candidate) => Object.assign((round) => candidate(round), { rounds })

/**
 * Measures each candidate `rounds` times, alternately: A B C, then C B A, so that neither a slow
 * minute of the machine nor what the one before leaves in the caches is held against one of them.
 * @param candidates functions by name; each returns one sample
 * @returns the samples by name
 */
export const alternate = (rounds, candidates) => {
  const names = Object.keys(candidates)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed())
      if (round < (candidates[name].rounds ?? rounds)) samples[name].push(candidates[name](round))
  }
  return samples
}
