package kafka

import "context"

func (t *Tail) historian(ctx context.Context) {
	<-ctx.Done()
}
