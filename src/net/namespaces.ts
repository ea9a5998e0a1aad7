/** Where ip-netns(8) keeps the namespaces that have a name. */
export const netnsDirectory = '/run/netns'
