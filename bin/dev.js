#!/usr/bin/env node
// The program from source: no build but `npm run generate` needed.
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'

register()
const { main } = await import('../src/main.ts')
await main(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url)))
