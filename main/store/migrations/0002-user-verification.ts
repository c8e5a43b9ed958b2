/** Whether a workspace insists that authenticators verify who uses them. Those that exist do. */
export const userVerification = `
ALTER TABLE workspace ADD COLUMN user_verification TEXT NOT NULL DEFAULT 'required'
  CHECK (user_verification IN ('required', 'preferred'));
`;
