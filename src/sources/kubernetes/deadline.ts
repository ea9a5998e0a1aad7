import { ApiError } from './api-error.ts'

/**
 * Does something that is given up after so many milliseconds: a server that says nothing keeps its connections. Whatever is
 * still open of it is closed at its end.
 */
export const withDeadline = async <T>(
  signal: AbortSignal,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  // Not AbortSignal.any: what it makes lives for as long as the signal that lives longest.
  const controller = new AbortController()
  const timer = setTimeout(() => {
    const message = `the server said nothing for ${String(milliseconds / 1000)} s`
    controller.abort(new ApiError('silent', message))
  }, milliseconds)
  const end = (): void => controller.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    return await work(controller.signal)
  } catch (error) {
    const reason: unknown = controller.signal.reason
    throw reason instanceof ApiError ? reason : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
    end()
  }
}
