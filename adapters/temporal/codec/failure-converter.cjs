// Temporal loads this file by its path, in workers, clients and the workflow bundle, where payloads are encrypted: the
// messages and stack traces of failures become payloads, which the codec then encrypts.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
