-- Records of handled webhook events. Can be run again: what is there stays.
-- Times are milliseconds. States: 1 running until `until`, 2 completed, 3 released and claimable from `until`, 4 parked.
CREATE TABLE IF NOT EXISTS countersign_records (
    key         BLOB    PRIMARY KEY,
    state       INTEGER NOT NULL,
    fence       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    nonce       INTEGER,
    fingerprint BLOB    NOT NULL,
    floor       INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    outcome     BLOB
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS countersign_records_expires ON countersign_records (expires);

-- The highest fence given out, and the latest time that any process saw.
CREATE TABLE IF NOT EXISTS countersign_clock (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    fence INTEGER NOT NULL,
    time  INTEGER NOT NULL
);

INSERT INTO countersign_clock (id, fence, time) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;
