export default {
  files: ['build/test/**/*.test.js'],
  // Tests start programs and set signal handlers, so each file is a process. Few at a time, for they share one kernel;
  // one more than there are processors in CI, for many of them wait.
  workerThreads: false,
  concurrency: 3,
  timeout: '5m',
}
