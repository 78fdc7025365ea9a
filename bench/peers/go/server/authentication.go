package main

import (
	"context"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

type claims struct {
	jwt.RegisteredClaims
	Roles []string `json:"roles"`
}

type callerKey struct{}

// caller is who the verified token of this call names.
func caller(ctx context.Context) *claims {
	return ctx.Value(callerKey{}).(*claims)
}

// authenticating refuses a call whose bearer token is not good.
func authenticating(secret string) grpc.UnaryServerInterceptor {
	key := func(*jwt.Token) (any, error) { return []byte(secret), nil }
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	return func(
		ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
	) (any, error) {
		values := metadata.ValueFromIncomingContext(ctx, "authorization")
		if len(values) != 1 {
			return nil, status.Error(codes.Unauthenticated, "token missing")
		}
		verified := &claims{}
		token := strings.TrimPrefix(values[0], "Bearer ")
		if _, err := parser.ParseWithClaims(token, verified, key); err != nil {
			return nil, status.Error(codes.Unauthenticated, "token invalid")
		}
		return handler(context.WithValue(ctx, callerKey{}, verified), request)
	}
}
