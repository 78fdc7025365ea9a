-- wrk's side of the REST load: another user's token for each request, and the result as JSON.
-- Lines of the file that TOKENS_FILE names: user ID, token.

local requests = {}
local position = 0

function init(args)
  for line in io.lines(os.getenv("TOKENS_FILE")) do
    local token = line:match("%S+$")
    requests[#requests + 1] =
      wrk.format("GET", "/api/v1/users/me", { Authorization = "Bearer " .. token })
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, requests)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"calls": %d, "failures": %d, "first_failure": "%d not 2xx, %d lost",'
      .. ' "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f}\n',
    summary.requests - errors.status, errors.status + lost, errors.status, lost,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
