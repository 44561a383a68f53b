package report

import (
	"fmt"
	"html"
	"io"
	"time"
)

// Charts are drawn for a light and a dark page: the text has the page's colour.
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.note { fill: #59636e; font-size: 12px }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.floor { fill: #afb8c1 }
line { stroke: #8c959f }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #9198a1 } .bar { fill: #6e7681 } .ours { fill: #4493f8 } .floor { fill: #484f58 }
}
</style>
`

const (
	chartWidth = 720
	labelWidth = 110
	rowHeight  = 26
	barHeight  = 16
	valueWidth = 150
)

// Chart draws a lab's times of up as horizontal bars from zero, with the spread
// as a line.
func (r *Result) Chart(w io.Writer, l Lab) error {
	type row struct {
		name, class string
		up          Spread[time.Duration]
	}
	var rows []row
	var most time.Duration
	for _, b := range r.Builders {
		up, ok := r.Up(l, b.Name)
		if !ok {
			continue
		}
		class := "bar"
		switch b.Name {
		case "nslab":
			class = "ours"
		case "floor":
			class = "floor"
		}
		rows = append(rows, row{b.Name, class, up})
		most = max(most, up.Max)
	}
	if most == 0 {
		return fmt.Errorf("no samples of %s", l.Name())
	}
	p := &printer{w: w}
	height := 60 + rowHeight*len(rows)
	p.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", chartWidth, height, chartWidth, height)
	title := "Time to bring up " + l.title()
	p.printf("<title>%s</title>\n%s", html.EscapeString(title), style)
	p.printf("<text class=\"title\" x=\"0\" y=\"16\">%s</text>\n", html.EscapeString(title))
	scale := float64(chartWidth-labelWidth-valueWidth) / float64(most)
	for i, row := range rows {
		y := 32 + i*rowHeight
		mid := y + barHeight/2
		x := func(d time.Duration) float64 { return labelWidth + float64(d)*scale }
		p.printf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", labelWidth-8, mid+5, html.EscapeString(row.name))
		p.printf("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", row.class, labelWidth, y, max(1, float64(row.up.Median)*scale), barHeight)
		p.printf("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", x(row.up.Min), x(row.up.Max), mid, mid)
		p.printf("<text x=\"%.1f\" y=\"%d\">%s</text>\n", x(row.up.Max)+8, mid+5, short(row.up.Median))
	}
	p.printf("<text class=\"note\" x=\"0\" y=\"%d\">Medians, least and most. %s.</text>\n", height-6, html.EscapeString(r.Machine))
	p.printf("</svg>\n")
	return p.err
}
