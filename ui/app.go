package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"regroup/model"
	"regroup/ui/explain"
	"regroup/ui/group"
	"regroup/ui/groups"
	"regroup/ui/help"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/player"
	"regroup/ui/theme"
	"regroup/ui/tour"
	"regroup/ui/whatif"
)

// Options configure the program.
type Options struct {
	Source Source
	Lab    lab.Lab // nil without a lab
	// Remover removes members from groups; nil if it cannot.
	Remover group.Remover
	Foresee whatif.Foresee // computes forecasts; nil if it cannot
	// Assignors are the assignors that Foresee supports.
	Assignors []string
	Player    player.Player // nil without a recording
	Tour      tour.Tour     // nil without a tour
	Group     string        // the group to open at the start; "" is none
	Theme     string        // one of [Themes]; "" is auto
	Big       bool          // begin in presentation mode
	Still     bool          // begin without animation
	Mouse     bool          // handle clicks and the wheel, instead of the terminal
	// Now is the clock of the views; nil is time.Now.
	Now func() time.Time
	// StartInLab opens the lab's screen, with Group selected.
	StartInLab bool
}

// Themes are the names of the themes; all but dark and light follow the terminal's background, if the terminal reports it.
func Themes() []string { return theme.Names() }

// The cadences of the program.
const (
	tickEvery    = time.Second            // ages are shown in seconds
	animateEvery = 100 * time.Millisecond // while something fades or counts
	travelEvery  = 40 * time.Millisecond  // while something moves over the screen: fewer frames per second are not smooth
	noticeKept   = 4 * time.Second
	errorKept    = 10 * time.Second
	doubleClick  = 400 * time.Millisecond // what desktops use
)

// App is the shell: it receives views and keys, has the stack of screens, and draws the header and the footer.
type App struct {
	ctx       context.Context // ends with the program, and cancels waiting commands
	options   Options
	theme     *theme.Theme
	themeName string // one of Themes
	density   kit.Density
	motion    kit.Motion
	darkBg    bool // whether the terminal's background is dark, if known
	bgKnown   bool // the terminal has reported it
	colours   colorprofile.Profile
	clock     func() time.Time

	width, height int
	now           time.Time // of the last tick or view; in a recording, the recorded time
	wall          time.Time // of the last tick or view, also in a recording
	started       time.Time
	view          *model.View // the shown view; nil before the first
	newest        *model.View // the latest; equal to view unless the display is paused
	paused        time.Time   // since then; zero if it is not paused
	ended         bool        // the source has ended

	stack   []page
	help    *help.Page     // nil is closed
	explain *explain.Panel // nil is closed
	command *commandLine   // nil is closed
	notice  notice

	labQueue []model.LabAction // the first one is being executed

	tick   int           // ticks with an earlier number are ignored
	every  time.Duration // current interval of the ticks
	click  lastClick
	place  place  // where the screen was last drawn
	toured string // the step of the tour whose screen was opened
	player *player.Bar
}

// page is a screen on the stack, and its group.
type page struct {
	kit.Screen
	group string
}

type notice struct {
	kit.Notice
	until time.Time
}

type lastClick struct {
	mouse tea.Mouse
	at    time.Time
}

// Internal messages of the shell.
type (
	viewMsg struct {
		view *model.View
		at   time.Time
	}
	endedMsg struct{}
	tickMsg  struct {
		number int
		at     time.Time
	}
)

// New makes the program; [Run] runs it in the terminal.
func New(options Options) *App {
	a := &App{ctx: context.Background(), options: options, themeName: options.Theme, darkBg: true, clock: time.Now, every: tickEvery, player: player.New(options.Player)}
	if options.Big {
		a.density = kit.Presentation
	}
	if options.Still {
		a.motion = kit.Still
	}
	if options.Now != nil {
		a.clock = options.Now
	}
	if a.themeName == "" {
		a.themeName = theme.Auto
	}
	a.chooseTheme()
	a.stack = []page{{Screen: groups.New(options.Lab != nil)}}
	if options.Group != "" {
		a.stack = append(a.stack, page{group.New(options.Group), options.Group})
	}
	if options.StartInLab && options.Lab != nil {
		a.stack = append(a.stack, page{lab.New(options.Lab, options.Group), options.Group})
	}
	return a
}

// chooseTheme starts dark: the terminal may never report its background.
func (a *App) chooseTheme() {
	a.theme = theme.Named(a.themeName, a.darkBg).Reduced(a.colours)
}

// Init starts the clock and waits for the first view.
func (a *App) Init() tea.Cmd {
	a.started = a.clock()
	a.now, a.wall = a.started, a.started
	a.playing()
	a.focus()
	return tea.Batch(a.nextView(), a.nextTick(), tea.RequestBackgroundColor)
}

// playing updates the player's state: its recorded time is now.
func (a *App) playing() {
	if a.player == nil {
		return
	}
	if at := a.player.Sync().At; !at.IsZero() {
		a.now = at
	}
}

// nextView waits for the next view; it ends with the program.
func (a *App) nextView() tea.Cmd {
	ctx, views, clock := a.ctx, a.options.Source.Views(), a.clock
	return func() tea.Msg {
		select {
		case v, open := <-views:
			if !open {
				return endedMsg{}
			}
			return viewMsg{view: v, at: clock()}
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *App) nextTick() tea.Cmd {
	number, clock := a.tick, a.clock
	return tea.Tick(a.every, func(time.Time) tea.Msg { return tickMsg{number, clock()} })
}

// Update handles a message.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.playing()
	cmd := a.handle(msg)
	a.playing()
	a.follow(msg)
	return a, tea.Batch(cmd, a.work(), a.pace())
}

// handle dispatches a message.
func (a *App) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg, tea.BackgroundColorMsg, tea.ColorProfileMsg:
		a.updateTerminal(msg)
	case viewMsg:
		a.receive(msg)
		return a.nextView()
	case endedMsg:
		a.ended = true
	case tickMsg:
		if msg.number != a.tick {
			return nil
		}
		a.advance(msg.at)
		return a.nextTick()
	case tea.KeyPressMsg:
		return a.key(msg)
	case tea.PasteMsg:
		if a.command != nil {
			a.command.edit(msg)
			return nil
		}
		return a.top().Update(a.frame(), msg)
	case tea.MouseMsg:
		return a.mouse(msg)
	case kit.OpenGroup, kit.OpenCard, kit.OpenLab, kit.OpenWhatIf, kit.OpenCompare:
		return a.open(msg)
	case kit.Back:
		a.pop()
	case kit.Command:
		a.command = newCommandLine()
		a.command.begin(msg.Line)
	case kit.DoLab:
		return a.queueLab(msg.Action)
	case kit.RemoveMember:
		return group.Remove(a.ctx, a.options.Remover, msg)
	case labDoneMsg:
		a.say(msg.said)
		return a.nextLab()
	case kit.Notice:
		a.say(msg)
	default: // the screens' own messages; covered screens get their results too
		var cmds []tea.Cmd
		for _, p := range a.stack {
			cmds = append(cmds, p.Update(a.frame(), msg))
		}
		return tea.Batch(cmds...)
	}
	return nil
}

// updateTerminal handles the properties that the terminal reports.
func (a *App) updateTerminal(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
		a.observe()
	case tea.BackgroundColorMsg:
		a.darkBg, a.bgKnown = msg.IsDark(), true
		a.chooseTheme()
	case tea.ColorProfileMsg:
		a.colours = msg.Profile
		a.chooseTheme()
	}
}

// receive shows a new view, or keeps it until the display is resumed.
func (a *App) receive(msg viewMsg) {
	a.advance(msg.at)
	a.newest = msg.view
	if a.paused.IsZero() {
		a.view = msg.view
		a.followTour()
		a.observe()
	}
}

// advance advances the clock; never backwards, regardless of the order of ticks and views.
func (a *App) advance(at time.Time) {
	if at.After(a.wall) {
		a.wall = at
		if a.player == nil {
			a.now = at
		}
	}
	if a.notice.Text != "" && a.wall.After(a.notice.until) {
		a.notice = notice{}
	}
}

func (a *App) observe() {
	for _, p := range a.stack {
		p.Observe(a.frame())
	}
}

// work runs the long work of the top screen in a command.
func (a *App) work() tea.Cmd {
	if w, ok := a.top().Screen.(kit.Worker); ok {
		return w.Work(a.frame())
	}
	return nil
}

// pace ticks faster while something moves; the next tick returns to the slow interval by itself.
func (a *App) pace() tea.Cmd {
	want := tickEvery
	switch {
	case !a.paused.IsZero():
	case a.travels():
		want = travelEvery
	case a.player.Plays() || a.explain != nil && a.explain.Animated || a.top().Animated(a.frame()):
		want = animateEvery
	}
	faster := want < a.every
	a.every = want
	if !faster {
		return nil
	}
	a.tick++
	return a.nextTick()
}

func (a *App) travels() bool {
	t, can := a.top().Screen.(kit.Traveller)
	return can && a.motion == kit.Animated && t.Travels(a.frame())
}

func (a *App) say(msg kit.Notice) {
	kept := noticeKept
	if msg.Bad {
		kept = errorKept
	}
	a.notice = notice{msg, a.wall.Add(kept)}
}

// pause pauses the display, or resumes it with the newest view.
func (a *App) pause() {
	if a.player != nil {
		a.player.Toggle()
		return
	}
	if a.paused.IsZero() {
		a.paused = a.now
		return
	}
	a.paused = time.Time{}
	a.view = a.newest
	a.observe()
}

func (a *App) refresh() {
	if a.player != nil {
		a.say(kit.Notice{Text: "this is a recording: there is nothing to poll", Bad: true})
		return
	}
	a.options.Source.Refresh()
	a.say(kit.Notice{Text: "polling now"})
}

// setTheme selects a theme by its name.
func (a *App) setTheme(name string) {
	a.themeName = name
	a.chooseTheme()
}

// switchDensity switches presentation mode on and off.
func (a *App) switchDensity() {
	if a.density == kit.Dense {
		a.density = kit.Presentation
	} else {
		a.density = kit.Dense
	}
	a.observe()
}
