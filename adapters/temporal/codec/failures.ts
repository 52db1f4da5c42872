import { ApplicationFailure } from '@temporalio/common';

// What goes wrong with payloads. Never permanent: a workflow task is tried again until the key is there, and a step
// waits long before its next try, so that its few tries last until somebody has looked.

const NEXT_TRY = '10 minutes';

export function missingKey(keyId: string): ApplicationFailure {
  return failure(
    'EncryptionKeyMissing',
    `a payload is encrypted with the key "${keyId}", which this process does not have: ` +
      `add it under encryption.keys in signalbox.config.yaml and start the process again (docs/encryption.md)`,
  );
}

export function unusableKey(keyId: string, cause: unknown): ApplicationFailure {
  const { message } = cause as Error;
  return failure('EncryptionKeyMissing', `the encryption key "${keyId}" can't be had: ${message}`, cause);
}

export function damaged(how: string, cause?: unknown): ApplicationFailure {
  return failure('PayloadDamaged', `a payload is not what was encoded: ${how}`, cause);
}

function failure(type: string, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    ...{ type, message, nonRetryable: false, nextRetryDelay: NEXT_TRY },
    ...(cause !== undefined && { cause: cause as Error }),
  });
}
