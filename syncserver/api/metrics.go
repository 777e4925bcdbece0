package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what is served. No label holds a device, store or person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	ops      prometheus.Counter
	rows     prometheus.Counter
	pokes    prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bookpayback_requests_total",
			Help: "Requests of devices by path and status."}, []string{"path", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bookpayback_request_seconds",
			Help: "Time to answer a device.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"path"}),
		ops: prometheus.NewCounter(prometheus.CounterOpts{Name: "bookpayback_ops_pushed_total",
			Help: "Ops that devices sent, repeated ones included."}),
		rows: prometheus.NewCounter(prometheus.CounterOpts{Name: "bookpayback_rows_pulled_total",
			Help: "Rows sent to devices."}),
		pokes: prometheus.NewGauge(prometheus.GaugeOpts{Name: "bookpayback_pokes",
			Help: "Devices that are listening now."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.ops, m.rows, m.pokes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) served(path string, status int, took time.Duration) {
	m.requests.WithLabelValues(path, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(path).Observe(took.Seconds())
}

func (m *metrics) pushed(ops int)  { m.ops.Add(float64(ops)) }
func (m *metrics) pulled(rows int) { m.rows.Add(float64(rows)) }

// Registry returns the registry, for others of this program who count.
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }
