-- Claims of events that have a record, one after the other, after `fresh.lua`.
local MIDDLE, NO_NONCE = '>I4c8c32', string.rep('\0', 8)

local function claim(key, middle)
    local value = redis.pcall('GET', key)
    if type(value) ~= 'string' then return 'X' end
    local record = read(value)
    if not record then return 'X' end
    local _, nonce, digest = struct.unpack(MIDDLE, middle)
    local attempts, takeover = 1, false
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
            write(key, record)
            return 'P'
        end
        attempts, takeover = record.attempts + 1, state == 'R'
    end
    last = last >= clock and last + 1 or clock
    local granted = 'cs1R' .. struct.pack('>d', last) .. struct.pack(MIDDLE, attempts, nonce, digest) .. times
    call('SET', key, granted, 'PX', life)
    return (takeover and 'T' or 'G') .. granted
end

for _, index in ipairs(known) do answers[index - 1] = claim(KEYS[index], ARGV[index]) end
if last > first then call('SET', KEYS[1], last) end
return answers
