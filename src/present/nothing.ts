/** What is said of a node on which nothing is to be done. */
export const noChanges = 'No changes. This node matches its configuration.'
