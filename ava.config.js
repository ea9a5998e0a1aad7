export default {
  files: ['build/test/**/*.test.js'],
  // Tests start programs and set signal handlers, so each file is a process. Two at a time: they
  // share one kernel, and tests that measure would otherwise measure each other.
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
}
