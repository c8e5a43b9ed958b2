/** The first schema: workspace, people, credentials, challenges, enrolments, actions and the audit chain. */
export const spine = `
CREATE TABLE workspace (
  id TEXT PRIMARY KEY,
  single INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (single = 1),
  name TEXT NOT NULL,
  rp_id TEXT NOT NULL,
  origins TEXT NOT NULL CHECK (json_valid(origins)),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  user_handle BLOB NOT NULL UNIQUE CHECK (length(user_handle) BETWEEN 1 AND 64),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE credential (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('securityKey', 'platform', 'software')),
  state TEXT NOT NULL CHECK (state IN ('active', 'inactive', 'retired')),
  credential_id BLOB NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  algorithm INTEGER NOT NULL,
  aaguid TEXT NOT NULL,
  model TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  sign_count INTEGER NOT NULL CHECK (sign_count >= 0),
  backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
  backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  transports TEXT NOT NULL CHECK (json_valid(transports)),
  attestation_format TEXT NOT NULL,
  attestation_object BLOB NOT NULL,
  client_data BLOB NOT NULL,
  rp_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  authenticator_ref TEXT,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  last_used_for TEXT CHECK (last_used_for IN ('registered', 'signIn', 'action')),
  UNIQUE (person_id, name_key)
) STRICT;
CREATE INDEX credential_by_created ON credential (person_id, created_at, id);
CREATE INDEX credential_by_used ON credential (person_id, last_used_at, id);
CREATE INDEX credential_by_kind ON credential (person_id, kind, id);
CREATE INDEX credential_by_state ON credential (person_id, state, id);

CREATE TABLE challenge (
  id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('registration', 'signIn', 'action')),
  challenge BLOB NOT NULL UNIQUE CHECK (length(challenge) = 32),
  person_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  rp_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  consumed_at INTEGER,
  outcome TEXT
) STRICT;
CREATE INDEX challenge_by_expiry ON challenge (expires_at);

CREATE TABLE enrolment (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('named', 'registered', 'committed')),
  client_id TEXT NOT NULL,
  first INTEGER NOT NULL CHECK (first IN (0, 1)),
  workspace_id TEXT NOT NULL,
  workspace_name TEXT NOT NULL,
  person_id TEXT NOT NULL,
  person_name TEXT NOT NULL,
  user_handle BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('securityKey', 'platform', 'software')),
  name TEXT NOT NULL,
  authenticator_ref TEXT,
  registration TEXT CHECK (registration IS NULL OR json_valid(registration)),
  credential_ref TEXT REFERENCES credential (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CHECK (state = 'named' OR registration IS NOT NULL),
  CHECK ((state = 'committed') = (credential_ref IS NOT NULL))
) STRICT;

CREATE TABLE action (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  challenge_id TEXT NOT NULL UNIQUE REFERENCES challenge (id),
  operation TEXT NOT NULL,
  request TEXT NOT NULL CHECK (json_valid(request)),
  request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
  nonce BLOB NOT NULL CHECK (length(nonce) = 32),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('workspaceCreated', 'action', 'signIn', 'counterRegressed')),
  at INTEGER NOT NULL,
  person_id TEXT NOT NULL,
  signer_id TEXT REFERENCES credential (id),
  subject_id TEXT,
  entry TEXT NOT NULL CHECK (json_valid(entry)),
  previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject_id, sequence);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted'); END;
CREATE TRIGGER credential_is_never_deleted BEFORE DELETE ON credential
BEGIN SELECT RAISE(ABORT, 'credentials are retired, never deleted'); END;
`;
