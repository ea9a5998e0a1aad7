import type { Limits } from '../guards/limits.ts'
import type { Context } from './context.ts'

/** The section `limits`: what no plan may destroy. */
export const expandLimits = ({ config: { limits = {} }, locate }: Context): Limits => {
  const { maxDestroy: count, protect = [] } = limits
  const source = locate(['limits', 'maxDestroy'])
  return {
    ...(count === undefined ? {} : { maxDestroy: { count, source } }),
    protect: protect.map((pattern, index) => ({
      pattern,
      source: locate(['limits', 'protect', index]),
    })),
  }
}
