//! What `maypole load --help` says below the flags.

pub(super) const AFTER_HELP: &str = "\
TIME is 50us, 500ms, 10s, 1.5m or 1h30m; a bare number is seconds. N of -c, -n and
-q may be 10k or 2m. FILE of --csv, --html, -D and --compare may be -, standard
output or input; the report then makes room for the former.

Without URL the embedded server is started in a child process on a free loopback
port, and its / is loaded. Each connection is a coroutine that sends its next
request when the answer to the last one is complete (closed model). Latency is
from sending the request to the last byte of the body. Ctrl-C ends the run with
the report of what was done.

With -q requests have a time at which they are to begin, whatever the server
does (open model), and latency is from that time, so that a server that stalls
is seen by all who would have asked meanwhile. -c is then how many may be in
flight at once. The report also has the service time, from sending on, what was
dropped (not begun at the end of the run), what began more than 1 ms late
because all connections were in use, and how late this side's timer was.

FILE of --urls-from has a request per line, as `[WEIGHT] [METHOD] URL`, the URL
whole or as /path, which URL of the command line is put before: with
http://h/api a line of /items asks for http://h/api/items. Below it may stand
headers (`Name: value`) and a body (`@FILE`, beside the mix), up to an empty
line. # begins a comment. A line may also be JSON:

  {\"url\":\"/items\",\"name\":\"new\",\"weight\":3,\"method\":\"POST\",
   \"headers\":{\"X-A\":\"b\"},\"json\":{\"n\":\"{{counter}}\"}}     (all of it in one line)

with url and any of name, weight, method, headers and one of body, body_file, json.
What a request leaves out is that of -m, -H, -d and -T. Of equal weights requests
take turns, else --seed decides. Requests of one name add up in the report.

Paths, headers and bodies (not files) may have placeholders, here and in -H and -d:
  {{counter}} {{counter:FROM}} {{counter:FROM:TO}}  the number of the request, from 0
                         or FROM on, after TO from FROM again
  {{random:MIN:MAX}}     a whole number, both ends included
  {{choice:A|B|C}}       one of them
  {{uuid}}               a random UUID
  {{connection}}         the number of the connection, from 0 on
  {{{{                   two braces

While it runs, a terminal (standard error) shows rate, latencies, statuses and
errors, in flight and the client's own processor time; q or Ctrl-C ends the run
with the report, p stops the drawing. Elsewhere, and with TERM=dumb, there is a
line every tenth of the run. --no-tui is for neither.

A limit of --latency-threshold is a TIME with its unit for p50, p99.9 and the like,
mean and max, all with -q from the scheduled start; or a share of the requests for
errors (those without an answer) and failed (these, and answers of status 400 or
more).

--json saves a run whole, with its seconds, curves and circumstances, for
--compare. The values of headers and bodies are not in it, nor on the page.

Exit codes: 0 done, 1 no request was answered or the run could not start, 2
usage, 3 a threshold was crossed. A status of 400 or more is an answer, not an
error.";
