package ui

import (
	"context"
	"io"
)

// Every struct component is rendered by the template of the same name.

func (c Shell) Render(ctx context.Context, w io.Writer) error   { return shell(c).Render(ctx, w) }
func (c Booth) Render(ctx context.Context, w io.Writer) error   { return booth(c).Render(ctx, w) }
func (c Link) Render(ctx context.Context, w io.Writer) error    { return link(c).Render(ctx, w) }
func (c Hiddens) Render(ctx context.Context, w io.Writer) error { return hiddens(c).Render(ctx, w) }
func (c Icon) Render(ctx context.Context, w io.Writer) error    { return icon(c).Render(ctx, w) }
func (c Button) Render(ctx context.Context, w io.Writer) error  { return button(c).Render(ctx, w) }
func (c PostButton) Render(ctx context.Context, w io.Writer) error {
	return postButton(c).Render(ctx, w)
}
func (c More) Render(ctx context.Context, w io.Writer) error     { return more(c).Render(ctx, w) }
func (c Copy) Render(ctx context.Context, w io.Writer) error     { return copyButton(c).Render(ctx, w) }
func (c Tag) Render(ctx context.Context, w io.Writer) error      { return tag(c).Render(ctx, w) }
func (c Notice) Render(ctx context.Context, w io.Writer) error   { return notice(c).Render(ctx, w) }
func (c Empty) Render(ctx context.Context, w io.Writer) error    { return empty(c).Render(ctx, w) }
func (c Crumbs) Render(ctx context.Context, w io.Writer) error   { return crumbs(c).Render(ctx, w) }
func (c Tabs) Render(ctx context.Context, w io.Writer) error     { return tabs(c).Render(ctx, w) }
func (c Steps) Render(ctx context.Context, w io.Writer) error    { return steps(c).Render(ctx, w) }
func (c Timeline) Render(ctx context.Context, w io.Writer) error { return timeline(c).Render(ctx, w) }
func (c History) Render(ctx context.Context, w io.Writer) error  { return history(c).Render(ctx, w) }
func (c TaskList) Render(ctx context.Context, w io.Writer) error { return taskList(c).Render(ctx, w) }
func (c Ways) Render(ctx context.Context, w io.Writer) error     { return ways(c).Render(ctx, w) }
func (c SummaryList) Render(ctx context.Context, w io.Writer) error {
	return summaryList(c).Render(ctx, w)
}
func (c Tree) Render(ctx context.Context, w io.Writer) error     { return tree(c).Render(ctx, w) }
func (c Progress) Render(ctx context.Context, w io.Writer) error { return progress(c).Render(ctx, w) }
func (c Table) Render(ctx context.Context, w io.Writer) error    { return table(c).Render(ctx, w) }
func (c Compare) Render(ctx context.Context, w io.Writer) error  { return compare(c).Render(ctx, w) }
func (c Pager) Render(ctx context.Context, w io.Writer) error    { return pager(c).Render(ctx, w) }
func (c Count) Render(ctx context.Context, w io.Writer) error    { return count(c).Render(ctx, w) }
func (c Filter) Render(ctx context.Context, w io.Writer) error   { return filter(c).Render(ctx, w) }
func (c ErrorSummary) Render(ctx context.Context, w io.Writer) error {
	return errorSummary(c).Render(ctx, w)
}
func (c Input) Render(ctx context.Context, w io.Writer) error     { return input(c).Render(ctx, w) }
func (c DateField) Render(ctx context.Context, w io.Writer) error { return dateField(c).Render(ctx, w) }
func (c FileField) Render(ctx context.Context, w io.Writer) error { return fileField(c).Render(ctx, w) }
func (c Textarea) Render(ctx context.Context, w io.Writer) error  { return textarea(c).Render(ctx, w) }
func (c Select) Render(ctx context.Context, w io.Writer) error    { return selectField(c).Render(ctx, w) }
func (c Radios) Render(ctx context.Context, w io.Writer) error    { return radios(c).Render(ctx, w) }
func (c Checkboxes) Render(ctx context.Context, w io.Writer) error {
	return checkboxes(c).Render(ctx, w)
}
func (c Checkbox) Render(ctx context.Context, w io.Writer) error  { return checkbox(c).Render(ctx, w) }
func (c Stats) Render(ctx context.Context, w io.Writer) error     { return stats(c).Render(ctx, w) }
func (c Sparkline) Render(ctx context.Context, w io.Writer) error { return sparkline(c).Render(ctx, w) }
func (c Counts) Render(ctx context.Context, w io.Writer) error    { return counts(c).Render(ctx, w) }
func (c DotPlot) Render(ctx context.Context, w io.Writer) error   { return dotPlot(c).Render(ctx, w) }
func (c RankTable) Render(ctx context.Context, w io.Writer) error { return rankTable(c).Render(ctx, w) }
func (c TileMap) Render(ctx context.Context, w io.Writer) error   { return tileMap(c).Render(ctx, w) }
func (c BoundaryMap) Render(ctx context.Context, w io.Writer) error {
	return boundaryMap(c).Render(ctx, w)
}
func (c Bar) Render(ctx context.Context, w io.Writer) error      { return bar(c).Render(ctx, w) }
func (c Key) Render(ctx context.Context, w io.Writer) error      { return key(c).Render(ctx, w) }
func (c BarTable) Render(ctx context.Context, w io.Writer) error { return barTable(c).Render(ctx, w) }
func (c Diff) Render(ctx context.Context, w io.Writer) error     { return diff(c).Render(ctx, w) }
func (c Card) Render(ctx context.Context, w io.Writer) error     { return card(c).Render(ctx, w) }
func (c Callout) Render(ctx context.Context, w io.Writer) error  { return callout(c).Render(ctx, w) }
func (c Facts) Render(ctx context.Context, w io.Writer) error    { return facts(c).Render(ctx, w) }
func (c Case) Render(ctx context.Context, w io.Writer) error     { return caseBox(c).Render(ctx, w) }
func (c Standing) Render(ctx context.Context, w io.Writer) error { return standing(c).Render(ctx, w) }
func (c Choice) Render(ctx context.Context, w io.Writer) error   { return choice(c).Render(ctx, w) }
func (c Tracker) Render(ctx context.Context, w io.Writer) error  { return tracker(c).Render(ctx, w) }
