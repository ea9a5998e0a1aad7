/** Shows how far a long work is. */
export interface Progress {
  update(text: string): void
  end(): void
}

const patience = 1000
const refresh = 200
const minute = 60_000

/** Before anybody says how far it is. */
const unknown = 'at work'

const eraseLine = '\r\u001B[K'

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** On a terminal: one line that changes, from the second second on. */
const onTerminal = (output: Output): Progress => {
  let text = unknown
  let shown = false
  const began = performance.now()
  const draw = (): void => {
    const elapsed = performance.now() - began
    if (elapsed < patience) return
    const line = `${text} (${String(Math.floor(elapsed / 1000))} s)`
    // Some pseudo-terminals say that they have none.
    const { columns = 0 } = output
    output.write(eraseLine + line.slice(0, (columns > 0 ? columns : 80) - 1))
    shown = true
  }
  const timer = setInterval(draw, refresh)
  timer.unref()
  return {
    update: (next) => {
      text = next
    },
    end: () => {
      clearInterval(timer)
      if (shown) output.write(eraseLine)
    },
  }
}

/** In a pipeline: a line a minute, so that nobody takes it for dead. */
const inPipeline = (output: Output): Progress => {
  let text = unknown
  const timer = setInterval(() => output.write(`netplan: ${text}\n`), minute)
  timer.unref()
  return {
    update: (next) => {
      text = next
    },
    end: () => clearInterval(timer),
  }
}

export const showProgress = (output: Output = process.stderr): Progress =>
  output.isTTY === true ? onTerminal(output) : inPipeline(output)
