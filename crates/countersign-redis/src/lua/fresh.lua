-- Claims that were asked for together, all by the same rules. KEYS: last fence, then the records. ARGV: the rules, packed:
-- compare, lease, retention, floor, most attempts; then for each record what a new one holds between its fence and its
-- times: attempts, nonce, body digest. Answers: a new event's fence as a number, else a letter and the record.
--
-- New events are the rule, and one thread serves everyone: here is no more than they need. `claim.lua` goes on.
local call = redis.call
-- Fences are microseconds of the server's clock, pushed on where it stands still or goes back: they rise over the store's
-- whole life, and over a fail-over that forgot the last of them.
local first, clock = tonumber(call('GET', KEYS[1]) or 0), time[1] * 1000000 + time[2]
local last = first
local compare, lease, retention, floor, most = struct.unpack('>BdddI4', ARGV[1])
local expires, till = now + (retention > floor and retention or floor), now + lease
local times = struct.pack('>dddI2', now + floor, expires, till, 0)
local life = (till > expires and till or expires) - now + 1000
local answers, known = {}, nil

for index = 2, #KEYS do
    local fence = last >= clock and last + 1 or clock
    local value = 'cs1R' .. struct.pack('>d', fence) .. ARGV[index] .. times
    if call('SET', KEYS[index], value, 'NX', 'PX', life) then
        last, answers[index - 1] = fence, fence
    else
        known = known or {}
        known[#known + 1] = index
    end
end
if not known then
    call('SET', KEYS[1], last)
    return answers
end
