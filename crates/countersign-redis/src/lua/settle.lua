-- KEYS: record. ARGV: step, fence, then for each step what it needs.
local value = redis.call('GET', KEYS[1])
if not value then return 'F' end
local record = read(value)
if not record then return 'X' end
if not lives(record) or record.fence ~= tonumber(ARGV[2]) then return 'F' end
local step, state = ARGV[1], record.state
if (step == 'complete' and state == 'C') or (step == 'release' and state == 'L') then return 'D' end
if state ~= 'R' then return 'F' end
if step == 'renew' then
    -- ARGV: lease.
    record.till = now + tonumber(ARGV[3])
    write(KEYS[1], record)
elseif step == 'complete' then
    -- ARGV: retention, status, outcome.
    record.state, record.till, record.status = 'C', 0, tonumber(ARGV[4])
    record.expires = math.max(record.expires, now + tonumber(ARGV[3]))
    write(KEYS[1], record, ARGV[5])
else
    -- ARGV: wait.
    record.state, record.till = 'L', now + tonumber(ARGV[3])
    write(KEYS[1], record)
end
return 'D'
