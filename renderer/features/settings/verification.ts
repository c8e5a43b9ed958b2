import type { ActionRequest } from '../../../shared/contract/index.ts';
import type { UserVerificationPolicy } from '../../../shared/domain/index.ts';

/** The request to sign for another rule on user verification. */
export function verificationRequest(userVerification: UserVerificationPolicy): ActionRequest {
  return {
    operation: 'workspace.setUserVerification',
    method: 'PUT',
    resource: '/workspace/user-verification',
    body: { userVerification },
  };
}
