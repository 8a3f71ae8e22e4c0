-- A record is a header of 82 bytes, then the outcome of a completed event. Times are milliseconds of the server's clock,
-- as doubles: exact to the year 287,396.
--   "cs1" | state | fence | attempts | nonce | body digest | floor | expires | until | status
-- States: R running until `until`, C completed, L released and claimable from `until`, P parked.
local FORMAT, HEADER = '>c3c1dI4c8c32dddI2', 82

local function read(value)
    if #value < HEADER or value:sub(1, 3) ~= 'cs1' then return nil end
    local _, state, fence, attempts, nonce, digest, floor, expires, till, status = struct.unpack(FORMAT, value)
    if not state:find('^[RCLP]$') then return nil end
    return { state = state, fence = fence, attempts = attempts, nonce = nonce, digest = digest, floor = floor,
        expires = expires, till = till, status = status }
end

-- Redis may keep a record past its time, or a clock may have gone back: what counts is its own time.
local function lives(record)
    return now <= record.expires or (record.state == 'R' and now <= record.till)
end

local function pack(state, fence, attempts, nonce, digest, floor, expires, till, status)
    return struct.pack(FORMAT, 'cs1', state, fence, attempts, nonce, digest, floor, expires, till, status)
end

-- A record stays a second past its last time, so that a slow answer can still be read.
local function put(key, value, last)
    redis.call('SET', key, value, 'PX', last - now + 1000)
end

local function write(key, record, outcome)
    local value = pack(record.state, record.fence, record.attempts, record.nonce, record.digest, record.floor,
        record.expires, record.till, record.status)
    local last = record.expires
    if record.state == 'R' and record.till > last then last = record.till end
    put(key, outcome and value .. outcome or value, last)
    return value
end
