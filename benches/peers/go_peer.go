// The Go contender: net/http's default transport on one thread. Told its job as JSON, it answers with a line of JSON.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

type job struct {
	Work        string  `json:"work"`
	URL         string  `json:"url"`
	Authority   *string `json:"authority"`
	File        *string `json:"file"`
	Count       int     `json:"count"`
	Connections int     `json:"connections"`
	Bytes       int64   `json:"bytes"`
}

type sample struct {
	Requests    int     `json:"requests"`
	Bytes       int64   `json:"bytes"`
	WallSeconds float64 `json:"wall_seconds"`
	CPUSeconds  float64 `json:"cpu_seconds"`
	P50         *float64 `json:"p50_micros"`
	P99         *float64 `json:"p99_micros"`
	PeakKiB     int64   `json:"peak_kib"`
	StartKiB    int64   `json:"start_kib"`
	Errors      int     `json:"errors"`
}

const piece = 16 * 1024

var small = func() []byte {
	body := make([]byte, 612)
	for at := range body {
		body[at] = 'a' + byte(at%26)
	}
	return body
}()

func main() {
	runtime.GOMAXPROCS(1)
	var j job
	check(json.Unmarshal([]byte(os.Args[1]), &j))
	client := newClient(j)
	var result sample
	switch j.Work {
	case "Small", "Fresh":
		share := (j.Count + j.Connections - 1) / j.Connections
		many(client, j, j.Connections, min(max(share/20, 1), 500))
		result = metered(func(s *sample) { s.add(many(client, j, j.Connections, share)) })
	case "Crowd":
		result = metered(func(s *sample) { s.add(many(client, j, j.Count, 1)) })
	case "Read":
		result = metered(func(s *sample) { s.Requests, s.Bytes = 1, read(client, j, pieces) })
	case "Lines":
		result = metered(func(s *sample) { s.Requests, s.Bytes = 1, read(client, j, lines) })
	case "Upload", "UploadChunked":
		result = metered(func(s *sample) { s.Requests, s.Bytes = 1, upload(client, j) })
	default:
		fail("does not do this")
	}
	check(json.NewEncoder(os.Stdout).Encode(result))
}

func newClient(j job) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = j.Connections
	transport.MaxIdleConns = j.Connections
	transport.DisableCompression = true
	transport.DisableKeepAlives = j.Work == "Fresh"
	transport.ForceAttemptHTTP2 = false
	if j.Authority != nil {
		pem, err := os.ReadFile(*j.Authority)
		check(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	return &http.Client{Transport: transport}
}

func many(client *http.Client, j job, tasks, each int) ([]time.Duration, int) {
	var wait sync.WaitGroup
	var lock sync.Mutex
	var took []time.Duration
	errors := 0
	for task := 0; task < tasks; task++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			mine := make([]time.Duration, 0, each)
			failed := 0
			for n := 0; n < each; n++ {
				started := time.Now()
				if !get(client, j.URL) {
					failed++
				}
				mine = append(mine, time.Since(started))
			}
			lock.Lock()
			took = append(took, mine...)
			errors += failed
			lock.Unlock()
		}()
	}
	wait.Wait()
	return took, errors
}

func get(client *http.Client, url string) bool {
	response, err := client.Get(url)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return err == nil && response.StatusCode == 200 && bytes.Equal(body, small)
}

func read(client *http.Client, j job, how func(io.Reader) int64) int64 {
	response, err := client.Get(j.URL)
	check(err)
	defer response.Body.Close()
	n := how(response.Body)
	if n != j.Bytes {
		fail(fmt.Sprintf("%d bytes where %d were expected", n, j.Bytes))
	}
	return n
}

func pieces(body io.Reader) int64 {
	buffer := make([]byte, piece)
	var total int64
	for {
		n, err := body.Read(buffer)
		total += int64(n)
		if err == io.EOF {
			return total
		}
		check(err)
	}
}

func lines(body io.Reader) int64 {
	reader := bufio.NewReaderSize(body, piece)
	var total int64
	for {
		line, err := reader.ReadString('\n')
		total += int64(len(line))
		if err == io.EOF {
			return total
		}
		check(err)
	}
}

func upload(client *http.Client, j job) int64 {
	file, err := os.Open(*j.File)
	check(err)
	// Hidden from the transport, or it would know that it is a file and call sendfile: a reader is what is measured.
	request, err := http.NewRequest("POST", j.URL, struct{ io.Reader }{file})
	check(err)
	if j.Work == "Upload" {
		request.ContentLength = j.Bytes
	}
	response, err := client.Do(request)
	check(err)
	defer response.Body.Close()
	counted, err := io.ReadAll(response.Body)
	check(err)
	if string(counted) != fmt.Sprint(j.Bytes) {
		fail("the server counted " + string(counted))
	}
	return j.Bytes
}

func metered(work func(*sample)) sample {
	result := sample{StartKiB: status("VmRSS:")}
	before, started := cpu(), time.Now()
	work(&result)
	result.WallSeconds = time.Since(started).Seconds()
	result.CPUSeconds = cpu() - before
	result.PeakKiB = status("VmHWM:")
	return result
}

func (s *sample) add(took []time.Duration, errors int) {
	sort.Slice(took, func(a, b int) bool { return took[a] < took[b] })
	at := func(share float64) *float64 {
		micros := float64(took[int(share*float64(len(took)-1))].Nanoseconds()) / 1000
		return &micros
	}
	s.Requests, s.Bytes, s.Errors = len(took), int64(len(took)*len(small)), errors
	s.P50, s.P99 = at(0.5), at(0.99)
}

func cpu() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func status(field string) int64 {
	text, _ := os.ReadFile("/proc/self/status")
	var kib int64
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, field) {
			fmt.Sscan(strings.TrimPrefix(line, field), &kib)
		}
	}
	return kib
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(reason string) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
