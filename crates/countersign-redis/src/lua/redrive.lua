-- KEYS: record. Gives a parked event its attempts back.
local value = redis.call('GET', KEYS[1])
if not value then return 'F' end
local record = read(value)
if not record then return 'X' end
if not lives(record) or record.state ~= 'P' then return 'F' end
record.state, record.attempts, record.till = 'L', 0, now
write(KEYS[1], record)
return 'D'
