package ui

func (a *App) openCompare(groups []string) { _ = groups }
