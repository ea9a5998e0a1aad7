// Methods of Set that came with Node 22, for gitlab-ci-local on Node 20.
/* eslint no-extend-native: "off" */
Set.prototype.union ??= function (other) {
  return new Set([...this, ...other.keys()])
}
