package ui

// icons are 24 × 24 line drawings, made for Odaq.
var icons = map[Icon]string{
	"home":     "M3 11 12 3l9 8M6 9v11h12V9",
	"scale":    "M12 3v18M5 21h14M12 6 5 8m7-2 7 2M5 8l-3 6a3 3 0 0 0 6 0zm14 0-3 6a3 3 0 0 0 6 0z",
	"message":  "M4 5h16v11H9l-5 4zM8 9h8M8 12h5",
	"ballot":   "M4 12h16v8H4zM8 12V4h8v8M10 8l1.5 1.5L14.5 6.5",
	"help":     "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .9-1 1.7M12 17h.01",
	"lock":     "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
	"check":    "m4 12.5 5 5L20 6.5",
	"next":     "m9 5 7 7-7 7",
	"back":     "m15 5-7 7 7 7",
	"copy":     "M8 8h12v12H8zM4 16V4h12",
	"share":    "M12 15V3m0 0L8 7m4-4 4 4M5 12v8h14v-8",
	"print":    "M7 8V3h10v5M7 17H4v-8h16v8h-3M7 14h10v7H7z",
	"download": "M12 3v12m0 0 4-4m-4 4-4-4M5 17v4h14v-4",
	"upload":   "M12 15V3m0 0L8 7m4-4 4 4M5 17v4h14v-4",
	"people":   "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-4 3-6 6.5-6s6.5 2 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.200M17.500 14.300c2.500.6 4 2.500 4 5.700",
	"search":   "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l5 5",
	"calendar": "M4 6h16v14H4zM4 10h16M8 3v5M16 3v5",
	"document": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
	"shield":   "M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6z",
	"warning":  "M12 4 2.500 20h19zM12 10v5M12 17.500h.01",
	"person":   "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-5 3.500-7 8-7s8 2 8 7",
	"card":     "M3 5.500h18v13H3zM3 10h18M6.500 14.500h5",
	"plus":     "M12 5v14M5 12h14",
	"clock":    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2",
}
