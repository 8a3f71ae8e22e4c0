-- Records of handled webhook events. Can be run again: what is there stays.
-- Times are milliseconds of the server's clock. States: 1 running until `until`, 2 completed, 3 released and claimable
-- from `until`, 4 parked.
CREATE SEQUENCE IF NOT EXISTS countersign_fences;

CREATE TABLE IF NOT EXISTS countersign_records (
    key         bytea    PRIMARY KEY,
    state       smallint NOT NULL,
    fence       bigint   NOT NULL,
    attempts    integer  NOT NULL,
    nonce       bigint,
    fingerprint bytea    NOT NULL,
    floor       bigint   NOT NULL,
    expires     bigint   NOT NULL,
    until       bigint   NOT NULL,
    status      integer  NOT NULL,
    outcome     bytea
);

-- A program that finds this version here changes nothing.
COMMENT ON TABLE countersign_records IS 'countersign records, version 2';

CREATE INDEX IF NOT EXISTS countersign_records_expires ON countersign_records (expires);

CREATE OR REPLACE FUNCTION countersign_now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- Version 1 had another.
DROP FUNCTION IF EXISTS countersign_claim(
    bytea[], bigint[], bytea[], boolean[], bigint[], bigint[], bigint[], bigint[]
);

-- Claims many events that have a record, in one step and all by the same rules; new ones are inserted by the caller. The
-- keys must differ; they are locked in their order, so that two steps cannot wait for each other. Answers: G granted, T
-- taken over, R running, C completed, D differs, W waiting, P parked, X corrupt.
CREATE OR REPLACE FUNCTION countersign_claim(
    keys bytea[], nonces bigint[], fingerprints bytea[], compare boolean, lease bigint, retention bigint, floor bigint,
    most_attempts bigint
) RETURNS TABLE (asked_key bytea, answer text, answer_fence bigint, answer_attempts integer, answer_until bigint,
    answer_status integer, answer_outcome bytea)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_variable
DECLARE
    asked record;
    known countersign_records;
    now_ms bigint;
    attempt integer;
    is_takeover boolean;
BEGIN
    FOR asked IN SELECT * FROM unnest(keys, nonces, fingerprints) AS a(key, nonce, fingerprint) ORDER BY a.key LOOP
        asked_key := asked.key;
        answer_outcome := NULL;
        answer_status := 0;
        LOOP
            SELECT * INTO known FROM countersign_records r WHERE r.key = asked.key FOR UPDATE;
            EXIT WHEN FOUND;
            -- Purged or forgotten since the caller found it.
            INSERT INTO countersign_records VALUES (asked.key, 3, nextval('countersign_fences'), 0, NULL,
                asked.fingerprint, 0, 0, 0, 0, NULL) ON CONFLICT (key) DO NOTHING;
        END LOOP;
        -- The lock may have been waited for.
        now_ms := countersign_now();
        answer_fence := known.fence; answer_attempts := known.attempts; answer_until := known.until;
        IF known.state NOT BETWEEN 1 AND 4 OR length(known.fingerprint) <> 32 OR known.fence < 1 OR known.attempts < 0 THEN
            answer := 'X';
            RETURN NEXT;
            CONTINUE;
        END IF;
        attempt := 1;
        is_takeover := false;
        IF now_ms <= known.expires OR (known.state = 1 AND now_ms <= known.until) THEN
            answer := CASE
                WHEN known.state = 1 AND now_ms <= known.until AND known.nonce = asked.nonce THEN 'G'
                WHEN known.state IN (1, 2) AND compare AND known.fingerprint <> asked.fingerprint THEN 'D'
                WHEN known.state = 1 AND now_ms <= known.until THEN 'R'
                WHEN known.state = 2 THEN 'C'
                WHEN known.state = 4 THEN 'P'
                WHEN known.state = 3 AND now_ms < known.until THEN 'W'
                WHEN known.state = 3 AND known.attempts >= most_attempts THEN 'P'
            END;
            IF answer = 'P' AND known.state = 3 THEN
                UPDATE countersign_records r SET state = 4 WHERE r.key = asked.key;
            END IF;
            IF answer IS NOT NULL THEN
                IF answer = 'C' THEN
                    answer_status := known.status;
                    answer_outcome := known.outcome;
                END IF;
                RETURN NEXT;
                CONTINUE;
            END IF;
            attempt := known.attempts + 1;
            is_takeover := known.state = 1;
        END IF;
        answer := CASE WHEN is_takeover THEN 'T' ELSE 'G' END;
        answer_fence := nextval('countersign_fences');
        answer_attempts := attempt;
        answer_until := now_ms + lease;
        UPDATE countersign_records r SET state = 1, fence = answer_fence, attempts = attempt, nonce = asked.nonce,
            fingerprint = asked.fingerprint, floor = now_ms + floor,
            expires = now_ms + greatest(retention, floor), until = answer_until, status = 0, outcome = NULL
        WHERE r.key = asked.key;
        RETURN NEXT;
    END LOOP;
END $$;

-- Renews, completes, releases or redrives. `span` is the lease, the retention or the wait. Answers: D done, F fenced,
-- X corrupt.
CREATE OR REPLACE FUNCTION countersign_settle(
    asked_key bytea, step text, asked_fence bigint, span bigint, asked_status integer, asked_outcome bytea
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    known countersign_records;
    now_ms bigint;
BEGIN
    SELECT * INTO known FROM countersign_records r WHERE r.key = asked_key FOR UPDATE;
    IF NOT FOUND THEN RETURN 'F'; END IF;
    IF known.state NOT BETWEEN 1 AND 4 OR length(known.fingerprint) <> 32 OR known.fence < 1 OR known.attempts < 0 THEN
        RETURN 'X';
    END IF;
    now_ms := countersign_now();
    IF now_ms > known.expires AND NOT (known.state = 1 AND now_ms <= known.until) THEN RETURN 'F'; END IF;
    IF step = 'redrive' THEN
        IF known.state <> 4 THEN RETURN 'F'; END IF;
        UPDATE countersign_records r SET state = 3, attempts = 0, until = now_ms WHERE r.key = asked_key;
        RETURN 'D';
    END IF;
    IF known.fence <> asked_fence THEN RETURN 'F'; END IF;
    IF (step = 'complete' AND known.state = 2) OR (step = 'release' AND known.state = 3) THEN RETURN 'D'; END IF;
    IF known.state <> 1 THEN RETURN 'F'; END IF;
    IF step = 'renew' THEN
        UPDATE countersign_records r SET until = now_ms + span WHERE r.key = asked_key;
    ELSIF step = 'complete' THEN
        UPDATE countersign_records r SET state = 2, until = 0, status = asked_status, outcome = asked_outcome,
            expires = greatest(known.expires, now_ms + span) WHERE r.key = asked_key;
    ELSE
        UPDATE countersign_records r SET state = 3, until = now_ms + span WHERE r.key = asked_key;
    END IF;
    RETURN 'D';
END $$;
