-- Claims that were asked for together, one after the other. KEYS: last fence, then the records. ARGV: for each record,
-- packed: nonce, body digest, compare, lease, retention, floor, most attempts.
local ASKED, NO_NONCE = '>c8c32BdddI4', string.rep('\0', 8)

local found = redis.call('MGET', unpack(KEYS))
-- Fences are microseconds of the server's clock, pushed on where it stands still or goes back: they rise over the store's
-- whole life, and over a fail-over that forgot the last of them.
local last, clock = tonumber(found[1] or 0), time[1] * 1000000 + time[2]
local answers, written = {}, {}

local function claim(key, value, nonce, digest, compare, lease, retention, floor, most)
    local attempts, takeover = 1, false
    if value then
        local record = read(value)
        if not record then return 'X' end
        if lives(record) then
            local state = record.state
            local leased = state == 'R' and now <= record.till
            if leased and nonce ~= NO_NONCE and nonce == record.nonce then return 'G' .. value end
            if (state == 'R' or state == 'C') and compare == 1 and digest ~= record.digest then return 'D' end
            if leased then return 'R' .. value end
            if state == 'C' then return 'C' .. value end
            if state == 'P' then return 'P' end
            if state == 'L' and now < record.till then return 'W' .. value end
            if state == 'L' and record.attempts >= most then
                record.state = 'P'
                written[key] = write(key, record)
                return 'P'
            end
            attempts, takeover = record.attempts + 1, state == 'R'
        end
    end
    last = last >= clock and last + 1 or clock
    local expires, till = now + (retention > floor and retention or floor), now + lease
    local granted = pack('R', last, attempts, nonce, digest, now + floor, expires, till, 0)
    put(key, granted, till > expires and till or expires)
    written[key] = granted
    return (takeover and 'T' or 'G') .. granted
end

for index, asked in ipairs(ARGV) do
    local key = KEYS[index + 1]
    answers[index] = claim(key, written[key] or found[index + 1], struct.unpack(ASKED, asked))
end
if last > tonumber(found[1] or 0) then redis.call('SET', KEYS[1], string.format('%.0f', last)) end
return answers
