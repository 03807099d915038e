package app

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// brand is how the site looks.
type brand struct {
	Name   string
	Color  string // #rrggbb
	Accent string // #rrggbb
	Logo   string // a picture as a data: URL, or a letter or two
}

// brandSheet tells the style sheet the brand's colours, and whether black or
// white reads better on them.
func brandSheet(w http.ResponseWriter, r *http.Request) {
	b := brandOf(r.Context())
	color, accent := safeColor(b.Color, "#2f5d8a"), safeColor(b.Accent, "#c8553d")
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	fmt.Fprintf(w, ":root{--color:%s;--on-color:%s;--accent:%s;--on-accent:%s}\n",
		color, textOn(color), accent, textOn(accent))
}

// safeColor keeps anything but a colour out of the style sheet.
func safeColor(s, otherwise string) string {
	if ok, _ := regexp.MatchString(`^#[0-9a-fA-F]{6}$`, s); ok {
		return s
	}
	return otherwise
}

// textOn picks black or white by the contrast that WCAG 2 defines.
func textOn(color string) string {
	var luminance float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		channel, _ := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		luminance += weight * linear(float64(channel)/255)
	}
	if (luminance+0.05)/0.05 > 1.05/(luminance+0.05) {
		return "#000000"
	}
	return "#ffffff"
}

func linear(c float64) float64 {
	if c <= 0.03928 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// Picture is the logo for an img element, or empty: only embedded pictures count.
func (b brand) Picture() template.URL {
	for _, kind := range []string{"svg+xml", "png", "webp"} {
		if strings.HasPrefix(b.Logo, "data:image/"+kind+";base64,") {
			return template.URL(b.Logo)
		}
	}
	return ""
}

// Letters is the logo where it is no picture.
func (b brand) Letters() string {
	if logo := b.Logo; logo != "" && utf8.RuneCountInString(logo) <= 4 {
		return logo
	}
	first, _ := utf8.DecodeRuneInString(cmp.Or(b.Name, "P"))
	return string(first)
}
