-- What wrk and wrk2 say at the end of a run: requests, microseconds, errors, then percent and microseconds.
done = function(summary, latency, requests)
  local failed = summary.errors
  io.write("figures ", summary.requests, " ", summary.duration, " ",
    failed.connect + failed.read + failed.write + failed.status + failed.timeout)
  for _, percent in ipairs({ 50, 75, 95, 99, 99.9 }) do
    io.write(" ", percent, " ", latency:percentile(percent))
  end
  io.write("\n")
end
