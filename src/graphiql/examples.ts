const sources = import.meta.glob<string>('../../schema/examples/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** The tabs of a first visit: one per file of `schema/examples`, in the order of their names. */
export const exampleTabs = Object.entries(sources)
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([, query]) => ({ query }))
