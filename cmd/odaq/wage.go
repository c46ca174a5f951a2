package main

import "odaq/internal/kernel/indicator"

// wageCmd reckons pay, each result with its derivation and article.
type wageCmd struct {
	Arrears    wageArrearsCmd    `cmd:"" help:"Penalty for late wages."`
	Indexation wageIndexationCmd `cmd:"" help:"Pay raised by an agreed price index."`
	Overtime   wageOvertimeCmd   `cmd:"" help:"Pay for overtime, at least."`
	Night      wageNightCmd      `cmd:"" help:"Pay for night work, at least."`
	Holiday    wageHolidayCmd    `cmd:"" help:"Pay for work on holidays and days off, at least; night hours among them add up."`
}

// wageOut is how results are printed.
type wageOut struct {
	JSON bool `help:"Print JSON."`
}

// print reckons the method with what was given; an empty value was not.
func (o wageOut) print(s *session, method, on string, given map[string]string) error {
	for key, value := range given {
		if value == "" {
			delete(given, key)
		}
	}
	return reckon(s, func(w indicator.Words) error {
		return answer(s, w, indicator.Question{Method: method}, given, on, o.JSON)
	})
}

type wageArrearsCmd struct {
	Debt     string `required:"" help:"What was not paid in time." placeholder:"SUM"`
	Due      string `required:"" help:"Day by which it was due." placeholder:"YYYY-MM-DD"`
	Paid     string `required:"" help:"Day on which it was paid." placeholder:"YYYY-MM-DD"`
	Rate     string `help:"Base rate of that day; the profile's otherwise." placeholder:"PERCENT"`
	YearDays string `help:"Days in the year; the profile's otherwise." placeholder:"DAYS"`
	wageOut
}

// Run prints the penalty.
func (c *wageArrearsCmd) Run(s *session) error {
	return c.print(s, "PAY.PENALTY", "", map[string]string{"debt": c.Debt, "due": c.Due, "paid": c.Paid, "base_rate": c.Rate, "arrears_year_days": c.YearDays})
}

type wageIndexationCmd struct {
	Pay   string `required:"" help:"Pay before." placeholder:"SUM"`
	Index string `required:"" help:"The agreed index: a number, 100 for no change, or a published one." placeholder:"NUMBER|SERIES:PERIOD"`
	wageOut
}

// Run prints the pay after.
func (c *wageIndexationCmd) Run(s *session) error {
	return c.print(s, "wage.indexation", "", map[string]string{"pay": c.Pay, "index": c.Index})
}

// hourlyPay is the rate of an hour, given or from the month's.
type hourlyPay struct {
	Hourly     string `help:"Rate of an hour." placeholder:"SUM"`
	Pay        string `help:"Monthly pay, in place of the rate of an hour." placeholder:"SUM"`
	MonthHours string `help:"Working hours of that month, with --pay." placeholder:"HOURS"`
	On         string `help:"Day of the work; what holds without limit of time otherwise." placeholder:"YYYY-MM-DD"`
	wageOut
}

func (c hourlyPay) hours(s *session, method string, given map[string]string) error {
	given["hourly"], given["pay"], given["month_hours"] = c.Hourly, c.Pay, c.MonthHours
	return c.print(s, method, c.On, given)
}

type wageOvertimeCmd struct {
	Hours string `required:"" help:"Hours of overtime." placeholder:"HOURS"`
	hourlyPay
}

// Run prints the pay for overtime.
func (c *wageOvertimeCmd) Run(s *session) error {
	return c.hours(s, "wage.overtime", map[string]string{"hours": c.Hours})
}

type wageNightCmd struct {
	Hours string `required:"" help:"Hours at night." placeholder:"HOURS"`
	hourlyPay
}

// Run prints the pay for night work.
func (c *wageNightCmd) Run(s *session) error {
	return c.hours(s, "wage.night", map[string]string{"night_hours": c.Hours})
}

type wageHolidayCmd struct {
	Hours string `required:"" help:"Hours on the holiday or day off, those at night included." placeholder:"HOURS"`
	Night string `help:"How many of them were at night." placeholder:"HOURS"`
	hourlyPay
}

// Run prints the pay for the holiday.
func (c *wageHolidayCmd) Run(s *session) error {
	if c.Night == "" {
		return c.hours(s, "wage.holiday", map[string]string{"hours": c.Hours})
	}
	return c.hours(s, "wage.holiday_night", map[string]string{"hours": c.Hours, "night_hours": c.Night})
}
