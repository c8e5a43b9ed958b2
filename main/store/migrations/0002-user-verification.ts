/**
 * Whether a workspace insists that authenticators verify who uses them, as those that exist do; and whether the
 * authenticator of a credential can, as all that were accepted so far could.
 */
export const userVerification = `
ALTER TABLE workspace ADD COLUMN user_verification TEXT NOT NULL DEFAULT 'required'
  CHECK (user_verification IN ('required', 'preferred'));
ALTER TABLE credential ADD COLUMN can_verify_user INTEGER NOT NULL DEFAULT 1
  CHECK (can_verify_user IN (0, 1));
`;
