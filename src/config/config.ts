export type * from '../generated/config.ts'
