-- KEYS: record, last fence. ARGV: nonce, body digest, compare, lease, retention, floor, most attempts, zero nonce.
local found = redis.call('MGET', KEYS[1], KEYS[2])
local nonce, digest = ARGV[1], ARGV[2]
local attempts, takeover = 1, false
if found[1] then
    local record = read(found[1])
    if not record then return 'X' end
    if lives(record) then
        local state = record.state
        local leased = state == 'R' and now <= record.till
        if leased and nonce ~= ARGV[8] and nonce == record.nonce then return 'G' .. found[1] end
        if (state == 'R' or state == 'C') and ARGV[3] == '1' and digest ~= record.digest then return 'D' end
        if leased then return 'R' .. found[1] end
        if state == 'C' then return 'C' .. found[1] end
        if state == 'P' then return 'P' end
        if state == 'L' and now < record.till then return 'W' .. found[1] end
        if state == 'L' and record.attempts >= tonumber(ARGV[7]) then
            record.state = 'P'
            write(KEYS[1], record)
            return 'P'
        end
        attempts, takeover = record.attempts + 1, state == 'R'
    end
end
-- Fences are microseconds of the server's clock, pushed on where it stands still or goes back: they rise over the store's
-- whole life, and over a fail-over that forgot the last of them.
local fence = time[1] * 1000000 + time[2]
if found[2] and tonumber(found[2]) >= fence then fence = tonumber(found[2]) + 1 end
local kept = math.max(tonumber(ARGV[5]), tonumber(ARGV[6]))
local granted = write(KEYS[1], { state = 'R', fence = fence, attempts = attempts, nonce = nonce, digest = digest,
    floor = now + tonumber(ARGV[6]), expires = now + kept, till = now + tonumber(ARGV[4]), status = 0 })
redis.call('SET', KEYS[2], string.format('%.0f', fence))
return (takeover and 'T' or 'G') .. granted
